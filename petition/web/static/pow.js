// Solves the proof of work of a sign form, where this network is asked for one: ALTCHA's challenge
// (PBKDF2, version 2) in the browser's own native code, off the main thread, while the page waits.
//
// - Whatever fails here, the form is sent all the same: the page that answers says what to do.
// - A solution is good for one signature, so each press of the button gets a new challenge.
(function () {
  "use strict";

  var AT_ONCE = 16;
  var MOST = 100000;
  var LONGEST_WAIT = 8000; // ms, for the challenge
  var PATIENCE = 300; // ms, before words say what the browser is doing

  function toBytes(hex) {
    return Uint8Array.from(hex.match(/../g) || [], function (pair) { return parseInt(pair, 16); });
  }

  function toHex(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  async function derive(parameters, nonce, salt, counter) {
    var password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    var key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    var how = { name: "PBKDF2", hash: "SHA-256", salt: salt, iterations: parameters.cost };
    return toHex(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8));
  }

  async function solve(challenge) {
    var parameters = challenge.parameters;
    var nonce = toBytes(parameters.nonce);
    var salt = toBytes(parameters.salt);
    for (var first = 0; first < MOST; first += AT_ONCE) {
      var chunk = Array.from({ length: AT_ONCE }, function (_, step) {
        return derive(parameters, nonce, salt, first + step);
      });
      var keys = await Promise.all(chunk);
      for (var step = 0; step < AT_ONCE; step += 1) {
        if (keys[step].startsWith(parameters.keyPrefix)) {
          return { counter: first + step, derivedKey: keys[step] };
        }
      }
    }
    throw new Error("no solution");
  }

  async function prove(address) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, LONGEST_WAIT);
    try {
      var answer = await fetch(address, { signal: stop.signal, credentials: "omit" });
      if (answer.status !== 200) { return ""; } // not asked for
      var challenge = await answer.json();
      return btoa(JSON.stringify({ challenge: challenge, solution: await solve(challenge) }));
    } catch (error) {
      return "";
    } finally {
      clearTimeout(timer);
    }
  }

  function guard(field) {
    var form = field.form;
    var busy = false;
    var note = form.querySelector("[data-words]");
    form.addEventListener("submit", async function (event) {
      // The form is only asked for in another language.
      if (event.submitter && event.submitter.name === "redraw") { return; }
      event.preventDefault();
      if (busy) { return; }
      busy = true;
      form.setAttribute("aria-busy", "true");
      // Mostly nothing is asked for, and then the next page is there before anybody could read this.
      var timer = setTimeout(function () { note.textContent = note.dataset.words; }, PATIENCE);
      field.value = await prove(field.dataset.challenge);
      clearTimeout(timer);
      form.submit();
    });
    // Back from the next page, as the browser kept this one: its solution is used up.
    window.addEventListener("pageshow", function (event) {
      if (!event.persisted) { return; }
      busy = false;
      field.value = "";
      form.removeAttribute("aria-busy");
      note.textContent = "";
    });
  }

  document.querySelectorAll("input[data-challenge]").forEach(guard);
})();
