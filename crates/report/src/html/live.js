// Asks the server for what the page shows. It keeps no text, and there is no state but the page's own.
(() => {
  const get = (id) => document.getElementById(id);
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const say = (what) => { get("status").textContent = what; };
  const ask = async (path, body) => {
    let response;
    try {
      response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    } catch {
      throw new Error("the server does not answer: is ngram serve still running?");
    }
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  };
  // One request of a kind is under way at a time; of those that wait, only the newest is sent.
  const newest = (path, show) => {
    let busy = false, waiting = null;
    const send = async (body) => {
      if (busy) { waiting = body; return; }
      busy = true;
      try { show(await ask(path, body), body); say(""); } catch (error) { say(error.message); }
      busy = false;
      const next = waiting;
      waiting = null;
      if (next) send(next);
    };
    return send;
  };

  const text = get("text");
  const lineAtCaret = () => {
    const before = text.value.lastIndexOf("\n", text.selectionEnd - 1) + 1;
    const after = text.value.indexOf("\n", text.selectionEnd);
    return { before, caret: text.selectionEnd, whole: text.value.slice(before, after < 0 ? undefined : after) };
  };
  let models = [];
  const edges = (model) => model?.packed ? [0.25, 0.5, 1, 2, 3, 5, 8] : [1, 3, 5, 8, 11, 14, 18];
  const short = (value, digits = 3) => {
    if (value === null || value === undefined) return "–";
    return value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4) ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  };
  const named = (answer, ...children) =>
    make("div", {}, ...(models.length > 1 ? [make("h3", {}, make("bdi", { textContent: answer.name }))] : []), ...children);

  // The next word, or the rest of a word.
  const take = (word, prefix) => {
    const caret = text.selectionEnd;
    const end = word === "</s>" ? "\n" : word + (models[0].packed ? "" : " ");
    text.setRangeText(end, caret - prefix.length, caret, "end");
    text.focus();
    text.dispatchEvent(new Event("input"));
  };
  const showNext = newest("/next", (answer) => {
    const prefix = answer.models[0].prefix ?? "";
    get("next-heading").textContent = prefix ? "Completions" : "Next word";
    get("words").replaceChildren(...answer.models.map((model) => {
      const items = model.next.map(({ word, probability }) => {
        const name = { "</s>": "¶ end", "<unk>": "unknown word", "_": "␣", " ": "␣", "<0x20>": "␣" }[word] ?? word;
        const label = [make("bdi", { textContent: name }), " ", make("small", { textContent: `${short(probability * 100, 2)} %` })];
        if (word === "<unk>") return make("li", {}, make("span", { className: "before" }, ...label));
        const button = make("button", { type: "button" }, ...label);
        button.addEventListener("click", () => take({ "_": " ", "<0x20>": " " }[word] ?? word, model.prefix ?? ""));
        return make("li", {}, button);
      });
      const none = make("li", { className: "before", textContent: "no word of the vocabulary begins so" });
      return named(model, make("ol", { className: "words" }, ...(items.length ? items : [none])));
    }));
  });

  // The text in colours, and its figures.
  const rows = [
    ["bits per character", (f) => (f.open_vocabulary ?? f).bits_per_character, 5],
    ["perplexity including OOVs", (f) => f.perplexity_including_oovs, 6],
    ["perplexity excluding OOVs", (f) => f.perplexity_excluding_oovs, 6],
    ["cross-entropy, bits a token", (f) => f.bits_per_token, 5],
    ["total bits of the tokens", (f) => f.total_bits, 6],
    ["total bits, spelling, case and spacing included", (f) => f.open_vocabulary?.total_bits, 6],
    ["tokens, line ends included", (f) => f.tokens, 12],
    ["out of vocabulary", (f) => f.oovs, 12],
    ["tokens of probability 0, left out above", (f) => f.zero_probability_tokens, 12],
  ];
  const card = (token, order) => {
    const known = token.kind === "oov" ? " (out of vocabulary, scored as <unk>)" : "";
    const p = 10 ** token.log10_prob;
    const cost = token.log10_prob === null ? "probability 0: infinitely many bits" : `${token.bits.toFixed(2)} bits, probability ${short(p)}, 1 in ${short(Math.max(1, 1 / p))}`;
    const history = token.matched > 1 ? "" : ": no history helped";
    return `${token.token}${known}\n${cost}\nmatched order ${token.matched} of ${order}${history}`;
  };
  const showScore = newest("/score", (answer) => {
    get("coloured").replaceChildren(...answer.models.map((model, index) => {
      const { order, packed } = models[index];
      const lines = model.lines.map((line) => {
        const paragraph = make("p", { dir: "auto" });
        for (const token of line.tokens) {
          const bits = token.bits ?? Infinity;
          const shade = token.log10_prob === null ? 7 : edges(models[index]).filter((edge) => bits >= edge).length;
          const end = token.kind === "end";
          const form = end ? "¶" : { " ": "␣", "<0x20>": "␣", "_": packed ? "␣" : "_" }[token.form] ?? token.form;
          const span = make("span", { className: `t h${shade}${token.kind === "oov" ? " oov" : ""}${end ? " end" : ""}`, tabIndex: -1, textContent: form });
          span.dataset.tip = card(token, order);
          paragraph.append(token.gap || (end && !packed ? " " : ""), span);
          if (packed && form === "␣") paragraph.append(document.createElement("wbr"));
        }
        return paragraph;
      });
      const passage = make("div", { className: packed ? "passage packed" : "passage" }, ...lines);
      const first = passage.querySelector(".t");
      if (first) first.tabIndex = 0;
      return named(model, passage);
    }));
    get("names").replaceChildren(make("th", { scope: "col", textContent: "" }), ...answer.models.map((model) => make("th", { scope: "col", className: "number" }, make("bdi", { textContent: model.name }))));
    get("table").replaceChildren(...rows.flatMap(([name, value, digits]) => {
      const values = answer.models.map((model) => value(model.figures));
      const isExtra = name.startsWith("total bits, ") || name.startsWith("tokens of probability 0");
      if (isExtra && values.every((one) => !one)) return [];
      const cell = (one) => make("td", { className: "number" }, one === null || one === undefined ? "–" : make("data", { value: String(one), textContent: short(one, digits) }));
      return [make("tr", {}, make("th", { scope: "row", textContent: name }), ...values.map(cell))];
    }));
    const notes = [...new Set(answer.models.flatMap((model) => model.notes))];
    get("notes").replaceChildren(...notes.map((note) => make("li", { textContent: note })));
    get("notes").hidden = notes.length === 0;
  });

  const showWhy = newest("/explain", (answer) => {
    get("explained").replaceChildren(...answer.models.map((model) => {
      const part = make("div");
      // Written by the program, with all that was typed escaped.
      part.innerHTML = model.html;
      return named(model, part);
    }));
  });
  const explain = () => { if (get("explain").open) showWhy({ text: lineAtCaret().whole }); };
  get("explain").addEventListener("toggle", explain);

  const next = () => {
    const { before, caret } = lineAtCaret();
    showNext({ text: text.value.slice(before, caret), most: 9 });
  };
  const all = () => { showScore({ text: text.value }); next(); explain(); };
  text.addEventListener("input", all);
  text.addEventListener("keyup", (event) => { if (/^(Arrow|Home|End|Page)/.test(event.key)) { next(); explain(); } });
  text.addEventListener("click", () => { next(); explain(); });
  text.addEventListener("keydown", (event) => {
    if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
    event.preventDefault();
    document.querySelectorAll("#words > div:first-child button")[Number(event.code.slice(5)) - 1]?.click();
  });

  // Cards of tokens.
  const tip = make("div", { id: "tip", hidden: true });
  document.body.append(tip);
  document.documentElement.classList.add("scripted");
  const hide = () => { tip.hidden = true; };
  const showCard = (event) => {
    const token = event.target.closest?.(".t");
    if (!token) { hide(); return; }
    tip.textContent = token.dataset.tip;
    token.setAttribute("aria-description", token.dataset.tip);
    tip.hidden = false;
    const at = token.getClientRects()[0], width = document.documentElement.clientWidth;
    const below = at.bottom + 8 + tip.offsetHeight < window.innerHeight;
    tip.style.left = `${Math.max(8, Math.min(at.left, width - tip.offsetWidth - 8)) + window.scrollX}px`;
    tip.style.top = `${(below ? at.bottom + 8 : Math.max(8, at.top - 8 - tip.offsetHeight)) + window.scrollY}px`;
  };
  document.addEventListener("mouseover", showCard);
  document.addEventListener("focusin", showCard);
  document.addEventListener("focusout", hide);
  get("coloured").addEventListener("keydown", (event) => {
    const tokens = [...get("coloured").querySelectorAll(".t")];
    const at = tokens.indexOf(document.activeElement);
    if (at < 0) return;
    if (event.key === "Escape") { document.activeElement.blur(); return; }
    const rightToLeft = getComputedStyle(tokens[at].parentElement).direction === "rtl";
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] * (rightToLeft ? -1 : 1);
    if (!step) return;
    event.preventDefault();
    tokens[at + step]?.focus();
  });

  // Shannon's game.
  let game = null;
  const drawGame = () => {
    const letters = game.letters.slice(0, game.attempts.length).map((letter) => letter.letter).join("");
    const over = game.attempts.length === game.letters.length;
    get("passage").replaceChildren(game.known, make("b", { textContent: letters }), over ? "" : "▁");
    get("guess").disabled = over;
    const last = game.letters[game.attempts.length - 1];
    const turn = last ? `The model took ${last.model_attempts} for “${last.letter}”, to which it gave ${short(last.model_share * 100, 2)} %. ` : "";
    get("rival").replaceChildren(turn, "The opponent is ", make("bdi", { textContent: game.model }), `; the text, ${game.text}, passage ${game.seed}.`);
  };
  const standing = async () => {
    const rival = game.letters.slice(0, game.attempts.length).map((letter) => letter.model_attempts);
    const scores = await Promise.all([game.attempts, rival].map((attempts) => ask("/bounds", { attempts })));
    get("standing").replaceChildren(...["you", "the model"].map((name, index) => {
      const score = scores[index].score;
      const cells = score ? [score.symbols, `${short(score.first * 100)} %`, score.lower.toFixed(3), score.upper.toFixed(3)] : ["0", "–", "–", "–"];
      return make("tr", {}, make("th", { scope: "row", textContent: name }), ...cells.map((cell) => make("td", { className: "number", textContent: cell })));
    }));
  };
  const inWords = (work) => async (...given) => { try { await work(...given); } catch (error) { get("said").textContent = error.message; say(error.message); } };
  get("start").addEventListener("click", inWords(async () => {
    game = { ...await ask("/game", {}), attempts: [], tried: new Set() };
    get("playing").hidden = false;
    get("said").textContent = "";
    drawGame();
    get("guess").value = "";
    get("guess").focus();
    await standing();
  }));
  get("guess").addEventListener("input", inWords(async () => {
    const guess = get("guess").value.toLowerCase().replace(" ", "_");
    get("guess").value = "";
    const letter = game?.letters[game.attempts.length]?.letter;
    if (!letter || !guess) return;
    if (!/^[a-z_]$/.test(guess)) { get("said").textContent = "a letter from a to z, or _ for the space"; return; }
    if (game.tried.has(guess)) { get("said").textContent = `“${guess}” was tried`; return; }
    game.tried.add(guess);
    if (guess !== letter) { get("said").textContent = `not ${[...game.tried].join(", ")}`; return; }
    game.attempts.push(game.tried.size);
    get("said").textContent = `“${letter}” at attempt ${game.tried.size}`;
    game.tried = new Set();
    drawGame();
    await standing();
    if (game.attempts.length === game.letters.length) get("said").textContent += ": the end of the passage";
  }));

  // The text to begin with may stand after # in the address.
  const begin = async () => {
    models = (await (await fetch("/models")).json()).models;
    const bounds = edges(models[0]);
    get("ramp").replaceChildren(...Array.from({ length: 8 }, (_, shade) => make("li", {
      className: `h${shade}`,
      textContent: shade === 0 ? `< ${bounds[0]}` : shade === 7 ? `${bounds[6]} +` : `${bounds[shade - 1]}–${bounds[shade]}`,
    })));
    try { text.value = decodeURIComponent(location.hash.slice(1)); } catch { text.value = ""; }
    text.setSelectionRange(text.value.length, text.value.length);
    all();
  };
  begin().catch((error) => say(error.message));
})();
