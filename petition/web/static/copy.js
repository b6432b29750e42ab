// "Copy" beside text that is pasted elsewhere: <button data-copy="id of the text" hidden>. Without
// the script, or where the browser forbids it, the text can be selected as any other.
(function () {
  "use strict";

  function copy(button) {
    var text = document.getElementById(button.getAttribute("data-copy"));
    var said = button.parentNode.querySelector("[role=status]");
    if (!text || !navigator.clipboard) { return; }
    navigator.clipboard.writeText(text.textContent).then(function () {
      if (said) { said.textContent = button.getAttribute("data-copied"); }
    }, function () {
      window.getSelection().selectAllChildren(text);
    });
  }

  if (!navigator.clipboard) { return; }
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { copy(button); });
  });
})();
