(() => {
  "use strict";
  const HZ = 8000;
  const find = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(find(id).textContent);
  const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

  // G.711 mu-law to 16 bit.
  const table = Int16Array.from({ length: 256 }, (_, code) => {
    const bits = ~code & 255;
    const size = (((bits & 15) << 3) + 132) << ((bits >> 4) & 7);
    return bits & 128 ? 132 - size : size - 132;
  });
  const decode = (text) => {
    const raw = atob(text);
    const out = new Int16Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = table[raw.charCodeAt(i)];
    return out;
  };
  const audio = read("audio");
  const sides = [decode(audio.caller), decode(audio.agent)];
  const gaps = read("gaps");
  const count = sides[0].length;
  const seconds = count / HZ;

  // A stereo WAV made here plays in every browser; mu-law in the page is half as large.
  const wav = () => {
    const bytes = new ArrayBuffer(44 + count * 4);
    const view = new DataView(bytes);
    const word = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
    word(0, "RIFF"); view.setUint32(4, 36 + count * 4, true); word(8, "WAVEfmt ");
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 2, true);
    view.setUint32(24, HZ, true); view.setUint32(28, HZ * 4, true);
    view.setUint16(32, 4, true); view.setUint16(34, 16, true);
    word(36, "data"); view.setUint32(40, count * 4, true);
    for (let i = 0; i < count; i++) {
      // Each voice leans to its side, but both are in both ears: easier on headphones.
      const [caller, agent] = [sides[0][i], sides[1][i]];
      const left = caller * 0.9 + agent * 0.35, right = agent * 0.9 + caller * 0.35;
      view.setInt16(44 + i * 4, Math.max(-32768, Math.min(32767, left)), true);
      view.setInt16(46 + i * 4, Math.max(-32768, Math.min(32767, right)), true);
    }
    return new Blob([bytes], { type: "audio/wav" });
  };
  const player = new Audio(URL.createObjectURL(wav()));
  player.preload = "auto";

  const wave = find("wave"), canvas = find("canvas"), hover = find("hover");
  const sentences = [...document.querySelectorAll(".s")].map((node) => ({
    node, from: node.dataset.from / 1000, to: node.dataset.to / 1000,
  }));
  find("end").textContent = clock(seconds);
  wave.setAttribute("aria-valuemax", seconds.toFixed(1));

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let bars = [];
  const measure = () => {
    const width = wave.clientWidth, ratio = devicePixelRatio || 1;
    canvas.width = width * ratio; canvas.height = wave.clientHeight * ratio;
    const n = Math.max(1, Math.floor(width / 3));
    bars = sides.map((side) => {
      const peaks = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        let sum = 0, from = Math.floor(i * count / n), to = Math.floor((i + 1) * count / n);
        for (let j = from; j < to; j++) sum += side[j] * side[j];
        peaks[i] = Math.sqrt(sum / Math.max(1, to - from));
      }
      const top = Math.max(200, ...peaks);
      return peaks.map((peak) => Math.pow(peak / top, 0.7));
    });
    paint();
  };
  const paint = () => {
    const g = canvas.getContext("2d"), ratio = devicePixelRatio || 1;
    const width = canvas.width / ratio, height = canvas.height / ratio, middle = height / 2;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const at = seconds ? player.currentTime / seconds * width : 0;
    g.fillStyle = colour("--line");
    for (const gap of gaps) {
      const from = gap.from_ms / 1000 / seconds * width, to = gap.to_ms / 1000 / seconds * width;
      g.globalAlpha = 0.75; g.fillRect(from, middle - 5, Math.max(1, to - from), 10);
    }
    g.globalAlpha = 1; g.fillRect(0, middle - 0.5, width, 1);
    ["--caller", "--agent"].forEach((name, side) => {
      g.fillStyle = colour(name);
      bars[side].forEach((size, i) => {
        const x = i * width / bars[side].length, tall = size * (middle - 9);
        if (tall < 0.6) return;
        g.globalAlpha = x < at ? 1 : 0.42;
        g.beginPath();
        g.roundRect(x, side ? middle + 2 : middle - 2 - tall, 2, tall, 1);
        g.fill();
      });
    });
    g.globalAlpha = 1; g.fillStyle = colour("--ink");
    if (at > 0) { g.fillRect(at - 0.75, 4, 1.5, height - 8); }
  };

  let current = null;
  const follow = () => {
    const now = player.currentTime;
    find("now").textContent = clock(now);
    wave.setAttribute("aria-valuenow", now.toFixed(1));
    wave.setAttribute("aria-valuetext", `${clock(now)} of ${clock(seconds)}`);
    const live = !player.paused || now > 0;
    let chosen = null;
    if (live) for (const s of sentences) if (s.from <= now && now < s.to + 0.12) chosen = s;
    if (chosen !== current) {
      current?.node.classList.remove("on");
      chosen?.node.classList.add("on");
      current = chosen;
      if (chosen && !player.paused) keep(chosen.node);
    }
    paint();
  };
  const keep = (node) => {
    const box = node.getBoundingClientRect(), top = document.querySelector(".player").getBoundingClientRect().bottom;
    if (box.top < top + 8 || box.bottom > innerHeight - 24) {
      scrollBy({ top: box.top - top - innerHeight * 0.22, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
  };
  const tick = () => { follow(); if (!player.paused) requestAnimationFrame(tick); };
  const seek = (s) => { player.currentTime = Math.max(0, Math.min(seconds - 0.01, s)); follow(); };
  const toggle = () => (player.paused ? player.play() : player.pause());

  const state = () => {
    document.documentElement.classList.toggle("playing", !player.paused);
    find("play").setAttribute("aria-label", player.paused ? "Play" : "Pause");
    tick();
  };
  for (const name of ["play", "pause", "ended"]) player.addEventListener(name, state);
  player.addEventListener("seeked", follow);
  find("play").addEventListener("click", toggle);
  find("speed").addEventListener("click", (event) => {
    const speeds = [1, 1.5, 2];
    player.playbackRate = speeds[(speeds.indexOf(player.playbackRate) + 1) % speeds.length];
    event.target.textContent = `${player.playbackRate}×`;
  });

  const place = (event) => {
    const box = wave.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * seconds;
  };
  wave.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") wave.setPointerCapture(event.pointerId);
    seek(place(event));
  });
  wave.addEventListener("pointermove", (event) => {
    hover.hidden = false;
    hover.style.left = `${place(event) / seconds * 100}%`;
    hover.textContent = clock(place(event));
    if (event.buttons & 1) seek(place(event));
  });
  wave.addEventListener("pointerleave", () => { hover.hidden = true; });

  for (const { node, from } of sentences) {
    const hear = () => { seek(from + 0.01); player.play(); };
    node.addEventListener("click", hear);
    node.addEventListener("keydown", (event) => { if (event.key === "Enter") hear(); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.id !== "play" && event.target.id !== "speed") toggle();
    else if (event.key === "ArrowRight") seek(player.currentTime + 5);
    else if (event.key === "ArrowLeft") seek(player.currentTime - 5);
    else if (event.key === "Home" && event.target === wave) seek(0);
    else if (event.key === "End" && event.target === wave) seek(seconds);
    else return;
    event.preventDefault();
  });
  addEventListener("resize", measure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  measure();
})();
