// A front end as small as one can be that speaks the RealWorld API: people sign up, write, comment and favour.
// Its addresses are the application's own (history API), so each has to survive being loaded directly.
"use strict";

const BASE = new URL(document.baseURI).pathname;
const API = document.querySelector("meta[name=api]").content;

let user = JSON.parse(localStorage.getItem("user"));
let turn = 0;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(method, path, body) {
  const headers = {};
  if (user) headers.Authorization = `Token ${user.token}`;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(`${API}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const said = answer.status === 204 ? null : await answer.json();
  if (answer.ok) return said;
  const lines = Object.entries(said.errors).map(([field, words]) => `${field} ${words.join(", ")}`);
  throw new Error(lines.join("; "));
}

function link(path, text) {
  const onclick = (event) => {
    event.preventDefault();
    go(path);
  };
  return element("a", { href: BASE + path, onclick }, text);
}

function form(fields, button, send) {
  const problem = element("p", { role: "alert" });
  const inputs = fields.map(([name, kind]) => {
    const input = kind === "textarea" ? element("textarea", { name }) : element("input", { name, type: kind });
    return element("label", {}, name, input);
  });
  const onsubmit = (event) => {
    event.preventDefault();
    send(Object.fromEntries(new FormData(event.target))).catch((error) => {
      problem.textContent = error.message;
    });
  };
  return element("form", { onsubmit }, ...inputs, problem, element("button", {}, button));
}

function favourite(article) {
  const button = element("button", { type: "button" });
  const show = () => {
    button.textContent = `${article.favorited ? "♥" : "♡"} ${article.favoritesCount}`;
    button.ariaPressed = String(article.favorited);
  };
  button.onclick = async () => {
    const method = article.favorited ? "DELETE" : "POST";
    ({ article } = await ask(method, `/articles/${article.slug}/favorite`));
    show();
  };
  show();
  return button;
}

function comment({ author, body }) {
  return element("div", { className: "comment" }, element("p", {}, body), element("p", { className: "by" }, author.username));
}

async function home() {
  const { articles, articlesCount } = await ask("GET", "/articles?limit=20");
  const entries = articles.map((article) => element(
    "article", {},
    element("h2", {}, link(`article/${article.slug}`, article.title)),
    element("p", { className: "by" }, `${article.author.username} · ♥ ${article.favoritesCount}`),
    element("p", {}, article.description),
  ));
  return [element("p", { className: "by" }, `${articlesCount} in all`), ...entries];
}

async function register() {
  return [element("h1", {}, "Sign up"), form(
    [["username", "text"], ["email", "email"], ["password", "password"]], "Join",
    async (wanted) => {
      ({ user } = await ask("POST", "/users", { user: wanted }));
      localStorage.setItem("user", JSON.stringify(user));
      go("");
    },
  )];
}

async function editor() {
  return [element("h1", {}, "Write"), form(
    [["title", "text"], ["description", "text"], ["body", "textarea"], ["tags", "text"]], "Publish",
    async ({ tags, ...words }) => {
      const wanted = { ...words, tagList: tags.split(" ").filter(Boolean) };
      const { article } = await ask("POST", "/articles", { article: wanted });
      go(`article/${article.slug}`);
    },
  )];
}

async function article(slug) {
  const [{ article: it }, { comments }] = await Promise.all(
    [ask("GET", `/articles/${slug}`), ask("GET", `/articles/${slug}/comments`)],
  );
  const list = element("section", { ariaLabel: "Comments" }, ...comments.map(comment));
  const write = form([["comment", "textarea"]], "Send", async ({ comment: body }) => {
    list.prepend(comment((await ask("POST", `/articles/${slug}/comments`, { comment: { body } })).comment));
    write.reset();
  });
  return [
    element("h1", {}, it.title),
    element("p", { className: "by" }, it.author.username),
    element("p", { className: "text" }, it.body),
    element("p", { className: "tags" }, ...it.tagList.map((tag) => element("span", {}, tag))),
    favourite(it),
    ...(user ? [write] : []),
    list,
  ];
}

function view() {
  const [name, ...rest] = location.pathname.slice(BASE.length).split("/");
  const views = { "": home, register, editor, article };
  return Object.hasOwn(views, name) ? views[name](...rest) : [element("p", {}, "There is no such page.")];
}

// Whoever goes on before an answer is there sees what was asked for last.
async function show() {
  const mine = ++turn;
  let parts;
  try {
    parts = await view();
  } catch (error) {
    parts = [element("p", { role: "alert" }, error.message)];
  }
  if (mine !== turn) return;
  const own = user ? [link("editor", "Write"), element("span", {}, user.username)] : [link("register", "Sign up")];
  const bar = element("header", {}, element("strong", {}, link("", "Logbook")), ...own);
  document.body.replaceChildren(bar, element("main", {}, ...parts));
}

function go(path) {
  history.pushState(null, "", BASE + path);
  show();
}

addEventListener("popstate", show);
show();
