// Lists the newest articles. Titles and names are other people's text, so they only ever become text nodes.
"use strict";

const word = document.getElementById("word");
const list = document.getElementById("articles");

const COMMANDS = `API=${location.origin}/api/v1

curl $API/auth/register -H 'Content-Type: application/json' \\
  -d '{"email": "ada@example.org",
       "password": "a long sentence of yours"}'

TOKEN=$(curl -s $API/auth/login -d username=ada@example.org \\
  --data-urlencode 'password=a long sentence of yours' \\
  | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')

curl $API/articles -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"title": "Hello", "published": true,
       "content": "The first words of many."}'`;

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function dateline(article) {
  const line = element("p", "");
  const day = new Date(article.published_at ?? NaN);
  if (!Number.isNaN(day.getTime())) {
    const time = element("time", day.toLocaleDateString("en", { dateStyle: "long" }));
    time.dateTime = article.published_at;
    line.append(time, " · ");
  }
  line.append(article.author?.full_name || article.author?.username || "anonymous");
  return line;
}

function entry(article) {
  const item = document.createElement("li");
  const link = element("a", article.title);
  link.href = `/api/v1/articles/${encodeURIComponent(article.slug ?? article.id)}`;
  item.append(link, dateline(article));
  return item;
}

function show(articles) {
  if (articles.length === 0) {
    word.textContent = "The type is sorted and the ink is fresh, but nothing is printed yet.";
    document.getElementById("commands").textContent = COMMANDS;
    document.getElementById("begin").hidden = false;
    return;
  }
  list.replaceChildren(...articles.map(entry));
  list.hidden = false;
  word.hidden = true;
}

async function newest() {
  const answer = await fetch("/api/v1/articles?limit=10", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
  return answer.json();
}

newest().then(show).catch((reason) => {
  word.textContent = `The articles cannot be read just now (${reason.message}). Try again in a moment.`;
});
