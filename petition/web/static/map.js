// Puts a map that can be zoomed in the place of the drawing, by Leaflet, with the same districts,
// shades and words. Whatever fails here, the drawing and the table stay.
(function () {
  "use strict";

  var SENT_RADIUS = 4; // pixels
  var ROOM = 12; // pixels around the state
  var CONTROLS = 56; // pixels under it, so that the zoom buttons cover no district

  function asText(words) {
    var span = document.createElement("span");
    span.textContent = words;
    return span;
  }

  function addTiles(map, frame) {
    if (!frame.dataset.tiles) { return; }
    map.attributionControl.addAttribution(asText(frame.dataset.attribution).innerHTML);
    // Their host may ask where a map is shown: it learns our host, and no page of it.
    L.tileLayer(frame.dataset.tiles, { referrerPolicy: "strict-origin" }).addTo(map);
  }

  // What the drawing's links do: a name, a page, and a way there without a mouse.
  function lead(path, district) {
    var element = path.getElement();
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "link");
    element.setAttribute("aria-label", district.words);
    path.bindTooltip(asText(district.words), { sticky: true });
    path.on("click", function () { window.location.assign(district.page); });
    path.on("mouseover", function () { element.classList.add("hovered"); path.bringToFront(); });
    path.on("mouseout", function () { element.classList.remove("hovered"); });
    element.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { window.location.assign(district.page); }
    });
  }

  // One finger scrolls the page until the map is nearer than it was.
  function leaveScrolling(map) {
    var whole = map.getZoom();
    function decide() { map.dragging[map.getZoom() > whole ? "enable" : "disable"](); }
    map.on("zoomend", decide);
    decide();
  }

  function show(frame, drawing, districts) {
    var box = drawing.getBoundingClientRect();
    var place = document.createElement("div");
    place.style.height = Math.round(box.height + 2 * ROOM + CONTROLS) + "px";
    drawing.setAttribute("hidden", "");
    frame.classList.add("is-live");
    frame.appendChild(place);

    var map = L.map(place, { scrollWheelZoom: false, zoomSnap: 0.25, zoomControl: false });
    L.control.zoom({
      position: "bottomleft", zoomInTitle: frame.dataset.zoomIn, zoomOutTitle: frame.dataset.zoomOut
    }).addTo(map);
    map.attributionControl.setPrefix(false);
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", drawing.getAttribute("aria-label"));
    var layer = L.geoJSON(districts, {
      style: function (district) { return { className: "s" + district.properties.shade }; }
    });
    map.fitBounds(layer.getBounds(), {
      paddingTopLeft: [ROOM, ROOM], paddingBottomRight: [ROOM, ROOM + CONTROLS], animate: false
    });
    addTiles(map, frame);
    layer.addTo(map);
    layer.eachLayer(function (path) { lead(path, path.feature.properties); });
    districts.features.forEach(function (district) {
      if (!district.properties.letters) { return; }
      L.circleMarker(district.properties.middle.slice().reverse(), {
        radius: SENT_RADIUS, className: "sent-dot", interactive: false
      }).addTo(map);
    });
    leaveScrolling(map);
  }

  async function start(frame) {
    var drawing = frame.querySelector("svg");
    var saving = navigator.connection && navigator.connection.saveData;
    if (!window.L || !drawing || saving) { return; }
    try {
      var answer = await fetch(frame.dataset.map, { credentials: "omit" });
      if (answer.ok) { show(frame, drawing, await answer.json()); }
    } catch (error) {
      return; // the drawing stays
    }
  }

  document.querySelectorAll("[data-map]").forEach(start);
})();
