// Works out the fingerprint of a chosen file and compares it with those of the letter's PDFs. The
// file is read here and sent nowhere. Without it the page's commands do the same by hand.
(function () {
  "use strict";

  var box = document.getElementById("check-file");
  if (!box || !window.crypto || !window.crypto.subtle) { return; }
  var chosen = document.getElementById("held-file");
  var answer = document.getElementById("held-file-answer");
  var latest = 0;

  function say(words, posts) {
    answer.textContent = words;
    if (!posts) { return; }
    posts.forEach(function (post, number) {
      answer.append(number ? ", " : " ", post);
    });
  }

  async function digest(file) {
    var hash = await window.crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return Array.from(new Uint8Array(hash), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  async function check() {
    var file = chosen.files[0];
    var turn = latest += 1;
    say("");
    if (!file) { return; }
    try {
      var found = await digest(file);
      if (turn !== latest) { return; }
      var same = document.querySelectorAll('[data-sha256="' + found + '"]');
      var posts = Array.from(same, function (section) {
        return section.querySelector("h2").textContent;
      });
      say(same.length ? box.dataset.same : box.dataset.other, posts);
    } catch (error) {
      if (turn === latest) { say(box.dataset.unread); }
    }
  }

  chosen.addEventListener("change", check);
  box.hidden = false;
  document.getElementById("check-by-hand").open = false;
})();
