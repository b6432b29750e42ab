// Shares a link by the browser's own dialog where it has one. Without this script the page has plain
// links and the address to copy by hand.
(function () {
  "use strict";

  function prepare(box) {
    var data = box.dataset;
    var share = box.querySelector("[data-share]");

    share.hidden = false;
    share.addEventListener("click", function () {
      navigator.share({
        title: data.shareTitle, text: data.shareText, url: data.shareUrl
      }).catch(function () { return; });
    });
  }

  if (!navigator.share) { return; }
  document.querySelectorAll("[data-share-url]").forEach(prepare);
})();
