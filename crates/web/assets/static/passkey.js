// Passkeys: asks the browser for one, and sends what it gives as a plain form.
// Without this script, or in a browser without passkeys, the way in is a link by e-mail.

const able =
  window.PublicKeyCredential?.parseCreationOptionsFromJSON &&
  window.PublicKeyCredential?.parseRequestOptionsFromJSON &&
  window.PublicKeyCredential?.prototype.toJSON;

/** Asks the server for a challenge. */
async function begin(form) {
  const answer = await fetch(form.dataset.begin, { method: "POST", redirect: "error" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

async function create({ options }) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  return navigator.credentials.create({ publicKey });
}

async function get({ options }) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  return navigator.credentials.get({ publicKey });
}

for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const trouble = form.querySelector("[data-trouble]");
    const button = form.querySelector("button");
    trouble.hidden = true;
    button.disabled = true;
    try {
      const begun = await begin(form);
      const credential = await (form.dataset.passkey === "add" ? create(begun) : get(begun));
      form.elements.ceremony.value = begun.ceremony;
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      trouble.hidden = false;
      trouble.focus();
    } finally {
      button.disabled = false;
    }
  });
}
