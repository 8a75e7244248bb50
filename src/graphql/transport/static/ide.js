'use strict';
// The page talks to its own address only. Nothing is loaded from elsewhere; texts are set as text, never as HTML.

const $ = (id) => document.getElementById(id);
const query = $('query'), variables = $('variables'), headers = $('headers'), result = $('result');
const endpoint = location.pathname;
let running = null;

const FIRST_QUERY = `# 先登录（演示账号和密码见启动演示的终端，也见README.zh-CN.md），再查询。按 Ctrl + Enter 运行
mutation LogIn {
  logIn(username: "province-duty", password: "") {
    ... on LoggedIn { viewer { name commands } }
    ... on Refusal { message }
  }
}
`;

// ---- small building blocks ------------------------------------------------------------------------------------

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function link(text, onClick) {
  const node = make('button', 'link', text);
  node.addEventListener('click', onClick);
  return node;
}

function say(text, mood) {
  $('status').textContent = text;
  $('status').className = `status ${mood || ''}`;
}

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

// JSON with colours. Very long answers are shown plain, because colouring them would freeze the page.
function paint(target, text) {
  if (text.length > 300000) { target.append(text); return; }
  let from = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, string, colon, number] = match;
    const kind = string ? (colon ? 'k' : 's') : number ? 'n' : 'w';
    const shown = string || whole;
    target.append(text.slice(from, match.index), make('span', kind, shown));
    from = match.index + shown.length;
  }
  target.append(text.slice(from));
}

function show(value, append) {
  if (!append) result.replaceChildren();
  if (append && result.childNodes.length) result.append('\n');
  paint(result, JSON.stringify(value, null, 2));
  if (append) result.scrollTop = result.scrollHeight;
}

function readObject(area, name) {
  const text = area.value.trim();
  if (!text) return {};
  let value;
  try { value = JSON.parse(text); } catch (failure) { throw new Error(`${name}不是有效的 JSON:${failure.message}`); }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error(`${name}必须是一个 JSON 对象。`);
  return value;
}

// ---- running --------------------------------------------------------------------------------------------------

// The text without strings and comments, same length, so that braces and words can be trusted.
function bare(text) {
  return text.replace(/"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*/g, (found) => found.replace(/[^\n]/g, ' '));
}

function operations(text) {
  const found = [];
  let depth = 0;
  for (const [token, kind, name] of bare(text).matchAll(/[{(]|[})]|\b(query|mutation|subscription)\b\s*([_A-Za-z]\w*)?/g)) {
    if (token === '{' || token === '(') depth += 1;
    else if (token === '}' || token === ')') depth -= 1;
    else if (depth === 0) found.push({ kind, name: name || '' });
  }
  return found;
}

function refreshOperations() {
  const named = operations(query.value).filter((operation) => operation.name);
  const select = $('operation'), chosen = select.value;
  select.replaceChildren(...named.map(({ name }) => new Option(name, name)));
  if (named.some(({ name }) => name === chosen)) select.value = chosen;
  select.parentElement.hidden = named.length < 2;
}

function requestOf() {
  const all = operations(query.value);
  const operationName = all.length > 1 ? $('operation').value : null;
  const chosen = all.find(({ name }) => name === operationName) || all[0];
  const streams = Boolean(chosen && chosen.kind === 'subscription');
  return { streams, body: { query: query.value, variables: readObject(variables, '变量'), operationName } };
}

async function post(body, accept, signal) {
  return fetch(endpoint, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', 'x-yanbao-client': 'ide', ...readObject(headers, '请求头'), accept },
    body: JSON.stringify(body),
    signal,
  });
}

async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }));
      if (fields.event) yield fields;
    }
  }
}

async function stream(response) {
  let count = 0;
  result.replaceChildren();
  for await (const { event, data } of eventsOf(response)) {
    if (event === 'complete') break;
    count += 1;
    show(JSON.parse(data), true);
    say(`订阅中,已收到 ${count} 条`, 'good');
  }
  say(`订阅已结束,共 ${count} 条`, 'good');
}

async function run() {
  if (running) return;
  running = new AbortController();
  $('run').disabled = true;
  const started = performance.now();
  try {
    const { streams, body } = requestOf();
    $('stop').hidden = false;
    say('运行中…');
    const accept = streams ? 'text/event-stream' : 'application/graphql-response+json, application/json;q=0.9';
    const response = await post(body, accept, running.signal);
    if ((response.headers.get('content-type') || '').startsWith('text/event-stream')) {
      await stream(response);
    } else {
      const text = await response.text();
      const answer = JSON.parse(text);
      show(answer);
      const figures = `HTTP ${response.status} · ${Math.round(performance.now() - started)} 毫秒 · ${text.length} 字符`;
      say(answer.errors ? `${figures} · ${answer.errors.length} 个错误` : figures, answer.errors ? 'bad' : 'good');
    }
  } catch (failure) {
    if (failure.name === 'AbortError') say('已停止');
    else { result.textContent = failure.message; say('没有得到结果', 'bad'); }
  } finally {
    running = null;
    $('run').disabled = false;
    $('stop').hidden = true;
  }
}

// ---- editing --------------------------------------------------------------------------------------------------

// Indents by braces and leaves strings and comments as they are.
function tidy(text) {
  let depth = 0;
  const lines = text.split('\n'), skeleton = bare(text).split('\n');
  return lines.map((line, index) => {
    const shape = skeleton[index].trim(), body = line.trim();
    const closing = /^[})\]]/.test(shape) ? 1 : 0;
    const indented = body ? '  '.repeat(Math.max(depth - closing, 0)) + body : '';
    depth += (shape.match(/[{([]/g) || []).length - (shape.match(/[})\]]/g) || []).length;
    return indented;
  }).join('\n').trim() + '\n';
}

function onKey(event) {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); return; }
  const area = event.target;
  const before = area.value.slice(0, area.selectionStart);
  const insert = (text) => { event.preventDefault(); area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end'); };
  if (event.key === 'Tab' && !event.shiftKey && area.selectionStart !== area.value.length) insert('  ');
  if (event.key === 'Enter') {
    const indent = before.slice(before.lastIndexOf('\n') + 1).match(/^\s*/)[0];
    insert(`\n${indent}${/[{([]\s*$/.test(before) ? '  ' : ''}`);
  }
}

function remember() {
  // Headers are left out: they may hold a token.
  sessionStorage.setItem('yanbao.ide', JSON.stringify({ query: query.value, variables: variables.value }));
}

function recall() {
  const kept = JSON.parse(sessionStorage.getItem('yanbao.ide') || '{}');
  query.value = kept.query || FIRST_QUERY;
  variables.value = kept.variables || '';
}

// ---- the schema browser ---------------------------------------------------------------------------------------

const TYPE_REF = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';
const INTROSPECTION = `query Describe { __schema { queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ${TYPE_REF} }
      args { name description defaultValue type { ${TYPE_REF} } } }
    inputFields { name description defaultValue type { ${TYPE_REF} } }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name } } } }`;
const KINDS = { OBJECT: '类型', INTERFACE: '接口', UNION: '联合', ENUM: '枚举', INPUT_OBJECT: '输入', SCALAR: '标量' };
let schema = null, trail = [];

const written = (type) => type.kind === 'NON_NULL' ? `${written(type.ofType)}!` : type.kind === 'LIST' ? `[${written(type.ofType)}]` : type.name;
const innermost = (type) => type.ofType ? innermost(type.ofType) : type.name;
const typeLink = (type) => link(written(type), () => visit(innermost(type)));

function member(item) {
  const code = make('code', '', item.name);
  if (item.args && item.args.length) {
    code.append('(');
    item.args.forEach((arg, index) => {
      const name = make('span', 'k', arg.name);
      if (arg.description) name.title = arg.description;
      code.append(index ? ', ' : '', name, ': ', typeLink(arg.type));
    });
    code.append(')');
  }
  if (item.type) code.append(': ', typeLink(item.type));
  if (item.defaultValue) code.append(make('span', 'n', ` = ${item.defaultValue}`));
  const row = make('li', '', code);
  if (item.description) row.append(make('p', '', item.description));
  if (item.isDeprecated) row.append(make('p', 'old', `已弃用:${item.deprecationReason || ''}`));
  return row;
}

function visit(name) {
  const at = trail.indexOf(name);
  trail = at >= 0 ? trail.slice(0, at + 1) : [...trail, name].slice(-6);
  draw();
}

function draw() {
  if (!schema) return;
  const steps = [link('全部', () => { trail = []; draw(); })];
  for (const name of trail) steps.push('›', link(name, () => visit(name)));
  $('trail').replaceChildren(...steps);
  const type = schema.types.find((one) => one.name === trail.at(-1));
  const wanted = $('search').value.trim().toLowerCase();
  $('reference').replaceChildren(...(wanted ? matches(wanted) : type ? describe(type) : overview()));
  $('reference').scrollTop = 0;
}

function describe(type) {
  const parts = [make('h3', '', `${type.name} `, make('span', 'hint', KINDS[type.kind]))];
  if (type.description) parts.push(make('p', '', type.description));
  const list = make('ul', '');
  for (const item of type.fields || type.inputFields || type.enumValues || []) list.append(member(item));
  for (const one of type.possibleTypes || []) list.append(make('li', '', link(one.name, () => visit(one.name))));
  return [...parts, list];
}

function typeRow(type, label) {
  const row = make('li', '', link(type.name, () => { $('search').value = ''; visit(type.name); }), make('span', 'hint', ` ${label || KINDS[type.kind]}`));
  if (type.description) row.append(make('p', '', type.description.split('\n')[0]));
  return row;
}

function overview() {
  const list = make('ul', ''), roots = [[schema.queryType, '查询入口'], [schema.mutationType, '操作入口'], [schema.subscriptionType, '订阅入口']];
  const entries = new Map(roots.filter(([root]) => root).map(([root, label]) => [root.name, label]));
  for (const [name, label] of entries) list.append(typeRow(schema.types.find((one) => one.name === name), label));
  for (const type of schema.types) if (!entries.has(type.name) && !type.name.startsWith('__')) list.append(typeRow(type));
  return [list];
}

function matches(wanted) {
  const list = make('ul', '');
  const hit = (item) => item.name.toLowerCase().includes(wanted) || (item.description || '').toLowerCase().includes(wanted);
  for (const type of schema.types.filter((one) => !one.name.startsWith('__'))) {
    if (hit(type)) list.append(typeRow(type));
    for (const item of (type.fields || type.inputFields || []).filter(hit)) {
      const row = member(item);
      row.prepend(link(type.name, () => { $('search').value = ''; visit(type.name); }), ' · ');
      list.append(row);
    }
    if (list.childNodes.length > 100) break;
  }
  return [list.childNodes.length ? list : make('p', 'hint', '没有找到。')];
}

async function describeSchema() {
  let reason;
  try {
    const answer = await (await post({ query: INTROSPECTION }, 'application/json')).json();
    if (answer.data) {
      schema = answer.data.__schema;
      schema.types.sort((one, other) => one.name.localeCompare(other.name));
      draw();
      return;
    }
    reason = '服务器没有开放接口定义查询。';
  } catch (failure) { reason = `读取失败:${failure.message}`; }
  $('reference').replaceChildren(make('p', 'hint', reason));
  $('search').hidden = true;
}

// ---- wiring ---------------------------------------------------------------------------------------------------

recall();
refreshOperations();
query.addEventListener('input', () => { refreshOperations(); remember(); });
variables.addEventListener('input', remember);
for (const area of [query, variables, headers]) area.addEventListener('keydown', onKey);
$('run').addEventListener('click', run);
$('stop').addEventListener('click', () => running && running.abort());
$('tidy').addEventListener('click', () => { query.value = tidy(query.value); remember(); });
$('toggle').addEventListener('click', () => {
  $('docs').hidden = !$('docs').hidden;
  $('toggle').setAttribute('aria-expanded', String(!$('docs').hidden));
});
$('search').addEventListener('input', draw);
const tabs = [...document.querySelectorAll('[role=tab]')];
for (const tab of tabs) {
  tab.addEventListener('click', () => {
    for (const other of tabs) {
      other.setAttribute('aria-selected', String(other === tab));
      $(other.getAttribute('aria-controls')).hidden = other !== tab;
    }
  });
}
describeSchema();
