// Script of the pages. HTML comes from the mock, escaped; everything else is inserted as text.
"use strict";

const REFRESH_INTERVAL = 1000; // milliseconds
const ANNOUNCEMENT_INTERVAL = 5000; // milliseconds

const find = (selector, within = document) => within.querySelector(selector);

// ----------------------------------------------------------------------------------------------------- lists

const filters = find("#filters");
let lastRefresh = 0; // number of the latest refresh: the responses to earlier ones are ignored
let announcedAt = 0;
let announcement;

function currentQuery() {
  const query = new URLSearchParams(new FormData(filters));
  for (const [name, value] of [...query]) if (value === "" || value === "0" && name.endsWith("From")) query.delete(name);
  return query;
}

async function refresh() {
  const number = ++lastRefresh;
  const query = currentQuery();
  query.set("tag", filters.dataset.tag);
  const response = await fetch(`/_mock/lists?${query}`);
  if (number !== lastRefresh) return;
  showProblem(response.ok ? "" : (await response.json()).data.errMsg);
  if (response.status === 200) show(await response.json());
}

function show({ tag, parts }) {
  filters.dataset.tag = tag;
  const focused = document.activeElement?.id;
  for (const [id, html] of Object.entries(parts)) {
    const part = document.getElementById(id);
    if (part.dataset.html !== html) part.innerHTML = part.dataset.html = html;
  }
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  announce();
}

function announce() {
  clearTimeout(announcement);
  announcement = setTimeout(() => {
    announcedAt = Date.now();
    const [requests, invoices] = ["#requests", "#invoices"].map((id) => find(`${id} .count`).textContent);
    find("#announcement").textContent = `Requests: ${requests}, invoices: ${invoices}`;
  }, Math.max(0, announcedAt + ANNOUNCEMENT_INTERVAL - Date.now()));
}

function showProblem(message) {
  const problem = find("#problem");
  problem.hidden = !message;
  if (problem.textContent !== message) problem.textContent = message;
}

async function keepRefreshing() {
  if (!document.hidden) {
    try {
      await refresh();
    } catch {
      showProblem("The mock does not respond. Retrying every second.");
    }
  }
  setTimeout(keepRefreshing, REFRESH_INTERVAL);
}

function showPage(field, value) {
  filters.elements[field].value = value;
  search();
}

function search() {
  const query = currentQuery().toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  filters.dataset.tag = "";
  refresh();
}

// ---------------------------------------------------------------------------------------------------- detail

async function showDetail(link) {
  const response = await fetch(link.href, { headers: { "X-Part": "1" } });
  if (!response.ok) return showProblem((await response.json()).data.errMsg);
  const dialog = find("#detail");
  find("#detail-content").innerHTML = await response.text();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  dialog.dataset.from = link.id;
}

// -------------------------------------------------------------------------------------------------- controls

async function control(method, path, body) {
  const options = { method };
  if (body !== undefined) Object.assign(options, { body, headers: { "Content-Type": "application/json" } });
  const response = await fetch(path, options);
  const { data } = await response.json();
  const reason = response.ok ? "" : data.errMsg;
  await refresh();
  showProblem(typeof reason === "string" ? reason : JSON.stringify(reason));
}

function faultBody(form, name) {
  const { times, operation, seconds, error } = form.elements;
  const fault = { fault: name, times: times.valueAsNumber };
  if (operation.value) fault.operation = operation.value;
  if (["delay", "rate_limited"].includes(name)) fault.seconds = seconds.valueAsNumber;
  if (name === "refuse") fault.error = error.value;
  return JSON.stringify([fault]);
}

// ---------------------------------------------------------------------------------------------------- try it

async function send(form) {
  const { store, token } = find("#credentials").elements;
  const path = form.dataset.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(form.elements[name].value));
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-in=query]")) if (input.value) query.append(input.name, input.value);
  const headers = {};
  if (store.value) headers["X-Store-Hash"] = store.value;
  if (token.value) headers["X-Auth-Token"] = token.value;
  const options = { method: form.dataset.method, headers };
  if (form.elements.body) {
    headers["Content-Type"] = "application/json";
    options.body = form.elements.body.value;
  }
  const url = query.size ? `${path}?${query}` : path;
  let status;
  let text = "";
  try {
    const response = await fetch(url, options);
    status = `${response.status} ${response.statusText}`;
    text = await response.text();
  } catch {
    status = "The connection closed before the whole response arrived.";
  }
  find("[data-status]", form).textContent = status;
  const body = find("[data-response]", form);
  body.hidden = !text;
  body.textContent = pretty(text);
}

function pretty(text) {
  // Only the white space changes, so numbers keep their digits.
  let indent = "";
  return text.replace(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]/g, (part) => {
    if (part === "{" || part === "[") return `${part}\n${(indent += "  ")}`;
    if (part === "}" || part === "]") return `\n${(indent = indent.slice(2))}${part}`;
    if (part === ",") return `,\n${indent}`;
    return part === ":" ? ": " : part;
  });
}

// ---------------------------------------------------------------------------------------------------- events

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-detail], [data-path], [data-field], [data-copy]");
  if (!target || target.tagName === "FORM") return;
  if (target.dataset.detail !== undefined) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showDetail(target);
  } else if (target.dataset.field) {
    showPage(target.dataset.field, target.dataset.value);
  } else if (target.dataset.copy) {
    copy(target);
  } else if (!target.dataset.confirm || confirm(target.dataset.confirm)) {
    control(target.dataset.method, target.dataset.path, target.dataset.body);
  }
});

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Selected: press Ctrl+C";
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  if (form === filters) search();
  else if (form.dataset.faultForm !== undefined) control("POST", "/_mock/faults", faultBody(form, event.submitter.value));
  else if (form.dataset.clockForm !== undefined) {
    const to = Date.parse(`${form.elements.to.value}Z`) / 1000;
    control("POST", "/_mock/clock", JSON.stringify({ set: to }));
  } else if (form.dataset.try !== undefined) send(form);
});

document.addEventListener("change", (event) => {
  if (event.target.dataset.examples !== undefined) event.target.form.elements.body.value = event.target.value;
});

if (filters) {
  let typing;
  filters.addEventListener("input", () => {
    clearTimeout(typing);
    filters.elements.requestsFrom.value = filters.elements.invoicesFrom.value = 0;
    typing = setTimeout(search, 200);
  });
  find("#detail").addEventListener("close", (event) => document.getElementById(event.target.dataset.from)?.focus());
  keepRefreshing();
}
