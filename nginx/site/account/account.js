// Does what a link in a mail is for. The link's token stands behind the #, which browsers send to nobody;
// it goes from here to the API alone, and only when somebody presses the button: programs that look at
// every link of a mail press none.
"use strict";

const API = "/api/v1";

const ACTIONS = {
  "verify-email": {
    title: "Confirm your address",
    what: "Press the button, and we know that this address is yours.",
    button: "Confirm the address",
    path: "/auth/verification/confirm",
    done: () => "Your address is confirmed. You can close this page.",
    again: "/auth/verification",
  },
  "change-email": {
    title: "Use a new address",
    what: "Press the button, and your account has this e-mail address from now on. The old one is told.",
    button: "Use this address",
    path: "/auth/change-email/confirm",
    done: () => "Your account has its new address. You can close this page.",
  },
  "reset-password": {
    title: "Set a new password",
    what: "Your account is signed out everywhere when its password changes.",
    button: "Set the password",
    path: "/auth/reset-password",
    fields: ["password"],
    done: () => "Your password is set. Sign in with it.",
    again: "/auth/forgot-password",
  },
  "accept-invitation": {
    title: "Make your account",
    what: "You have been invited. Choose a password, and the account is yours.",
    button: "Make my account",
    path: "/invitations/accept",
    fields: ["username", "password"],
    done: (account) => `Your account is made. You are called ${account?.username ?? "as you wished"}.`,
  },
};

const LINK_IS_OVER = new Set([
  "bad_link",
  "link_used_up",
  "invitation_invalid",
  "invitation_revoked",
  "invitation_used",
]);

const page = Object.fromEntries(
  ["title", "what", "form", "act", "again", "email", "trouble", "done", "username", "password", "reveal"].map((id) => [
    id,
    document.getElementById(id),
  ]),
);

// The last part of the path says what to do, with or without a slash behind it.
const action = ACTIONS[location.pathname.split("/").filter(Boolean).pop()];
const token = new URLSearchParams(location.hash.slice(1)).get("token");

function tell(element, ...lines) {
  element.replaceChildren(
    ...lines.map((line) => {
      const made = document.createElement("p");
      made.textContent = line;
      return made;
    }),
  );
  element.hidden = false;
}

function show() {
  page.title.textContent = action.title;
  document.title = action.title;
  page.what.textContent = action.what;
  page.act.textContent = action.button;
  for (const field of action.fields ?? []) document.getElementById(`${field}-field`).hidden = false;
  page.password.disabled = !action.fields?.includes("password");
  page.form.hidden = false;
}

function given() {
  const values = { token };
  for (const field of action.fields ?? []) if (page[field].value) values[field] = page[field].value;
  return values;
}

async function post(path, body) {
  const answer = await fetch(API + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
  });
  const told = await answer.json().catch(() => null);
  if (answer.ok) return told;
  throw Object.assign(new Error(told?.detail ?? `The server answered ${answer.status}.`), { problem: told });
}

// What is wrong with a field is said in words, and the field is marked.
function complain(error) {
  const wrong = error.problem?.errors ?? [];
  for (const { loc } of wrong) {
    const field = page[loc.at(-1)];
    if (field instanceof HTMLInputElement) field.setAttribute("aria-invalid", "true");
  }
  const isOffline = error instanceof TypeError;
  const words = isOffline ? "The server cannot be reached. Try again in a moment." : error.message;
  tell(page.trouble, ...(wrong.length ? wrong.map(({ loc, detail }) => `${loc.at(-1)}: ${detail}`) : [words]));
  if (LINK_IS_OVER.has(error.problem?.code)) {
    page.form.hidden = true;
    page.again.hidden = !action.again;
  }
  page.form.querySelector("[aria-invalid]")?.focus();
}

async function during(form, work) {
  const button = form.querySelector("button");
  page.trouble.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  button.disabled = true;
  try {
    tell(page.done, await work());
    form.hidden = true;
    page.what.hidden = true;
    page.done.focus();
  } catch (error) {
    complain(error);
  } finally {
    button.disabled = false;
  }
}

page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  during(page.form, async () => action.done(await post(action.path, given())));
});

page.again.addEventListener("submit", (event) => {
  event.preventDefault();
  during(page.again, async () => `${(await post(action.again, { email: page.email.value })).detail}.`);
});

page.reveal.addEventListener("change", () => {
  page.password.type = page.reveal.checked ? "text" : "password";
});

if (action && token) {
  show();
  // A token does not belong into the history, or into a bookmark.
  history.replaceState(null, "", location.pathname);
} else if (action) {
  page.title.textContent = action.title;
  tell(page.trouble, "The link is not whole. Open it from the mail again, or copy all of it into the address bar.");
} else {
  tell(page.trouble, "There is nothing to do at this address. Open the link in the mail again.");
}
