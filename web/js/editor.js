// The editor: CodeMirror 6 behind the few functions that the page calls. Bundled into web/generated/editor.js.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { MariaSQL, MySQL, PostgreSQL, SQLite } from "@codemirror/lang-sql";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Facet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, drawSelection, highlightSpecialChars, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { highlightTree, tagHighlighter, tags } from "@lezer/highlight";

export { rules } from "./rules.js";

const dialects = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL, sqlite: SQLite };
const dialectOf = (engine) => dialects[engine.split(":")[0]] ?? PostgreSQL;
/** Colours, comments, brackets; without completions, whose code is left out of the bundle. */
const language = (engine) => dialectOf(engine).language.extension;

// Own class names: the same colours in the editor and in the steps' SQL, set by the page's style sheet.
const highlighter = tagHighlighter([
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: [tags.typeName, tags.standard(tags.name)], class: "tok-type" },
  { tag: [tags.string, tags.special(tags.string)], class: "tok-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-number" },
  { tag: tags.comment, class: "tok-comment" },
]);

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escaped = (text) => text.replace(/[&<>]/g, (sign) => ESCAPES[sign]);

/** Texts that were coloured, so that a plan that is drawn again colours only what is new. */
const coloured = new Map();
const COLOURED_AT_MOST = 2000;

/** SQL as HTML: a span with a class for each coloured token, everything escaped. */
export function highlight(text, engine) {
  const key = `${engine} ${text}`;
  let html = coloured.get(key);
  if (html !== undefined) return html;
  html = highlightAnew(text, engine);
  if (coloured.size >= COLOURED_AT_MOST) coloured.clear();
  coloured.set(key, html);
  return html;
}

function highlightAnew(text, engine) {
  let html = "";
  let at = 0;
  highlightTree(dialectOf(engine).language.parser.parse(text), highlighter, (from, to, classes) => {
    html += `${escaped(text.slice(at, from))}<span class="${classes}">${escaped(text.slice(from, to))}</span>`;
    at = to;
  });
  return html + escaped(text.slice(at));
}

// ---- Findings: an underline at the place, a tint on the line, a message under it. ----

const setFindings = StateEffect.define();
const RANK = { danger: 2, warning: 1, info: 0 };
/** With more findings than this, only the message at the cursor is open. */
const OPEN_AT_MOST = 3;

const findingsField = StateField.define({
  create: () => ({ list: [], marks: Decoration.none }),
  update(value, tr) {
    let { list } = value;
    for (const effect of tr.effects) if (effect.is(setFindings)) list = effect.value;
    if (list === value.list && !tr.docChanged && !tr.selection) return value;
    if (list === value.list && tr.docChanged) {
      // Findings move with the text until the next plan comes.
      list = list.map((f) => ({ ...f, from: tr.changes.mapPos(f.from, 1), to: tr.changes.mapPos(f.to, -1) }));
    }
    return { list, marks: decorate(list, tr.state) };
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.marks),
});

function decorate(list, state) {
  const inside = (f) => f.from < f.to && f.to <= state.doc.length;
  const found = list.filter(inside);
  const cursor = state.selection.main.head;
  const lines = new Map();
  for (const finding of found) {
    const line = state.doc.lineAt(finding.from);
    const known = lines.get(line.number);
    if (!known || RANK[finding.severity] > RANK[known.finding.severity]) {
      lines.set(line.number, { line, finding, more: known ? known.more + 1 : 0 });
    } else known.more += 1;
  }
  const serious = [...lines.values()].filter(({ finding }) => finding.severity !== "info").length;
  const few = serious <= OPEN_AT_MOST;
  const ranges = [];
  for (const finding of strongest(found)) {
    ranges.push(Decoration.mark({ class: `finding finding-${finding.severity}` }).range(finding.from, finding.to));
  }
  for (const { line, finding, more } of lines.values()) {
    ranges.push(Decoration.line({ class: `finding-line finding-line-${finding.severity}` }).range(line.from));
    const lastLine = state.doc.lineAt(finding.statementTo);
    const here = cursor >= line.from && cursor <= lastLine.to;
    if ((few && finding.severity !== "info") || here) {
      const widget = new Message(finding, more);
      ranges.push(Decoration.widget({ widget, block: true, side: 1 }).range(line.to));
    }
  }
  return Decoration.set(ranges, true);
}

/** The findings that draw the line: where some lie on each other, the strongest, or the first of equals. */
function strongest(found) {
  const sorted = found.toSorted((a, b) => a.from - b.from);
  const hidden = new Set();
  sorted.forEach((one, i) => {
    for (let j = i + 1; j < sorted.length && sorted[j].from < one.to; j++) {
      hidden.add(RANK[sorted[j].severity] > RANK[one.severity] ? one : sorted[j]);
    }
  });
  return sorted.filter((finding) => !hidden.has(finding));
}

class Message extends WidgetType {
  constructor(finding, more) {
    super();
    this.finding = finding;
    this.more = more;
  }
  eq(other) {
    const same = (key) => this.finding[key] === other.finding[key];
    return this.more === other.more && ["rule", "severity", "title", "message", "statement", "planned"].every(same);
  }
  toDOM(view) {
    const { finding } = this;
    // The editor measures a widget without its margins: the room around the message is padding of a place for it.
    const place = element("div", "message-place");
    const box = element("div", `message message-${finding.severity}`);
    place.append(box);
    const text = element("p", "message-text");
    text.append(element("strong", "", `${finding.title.replace(/\.$/, "")}.`), " ");
    prose(text, finding.message);
    box.append(text);
    const actions = element("p", "message-actions");
    const action = (label, name) => {
      const button = element("button", "link", label);
      button.type = "button";
      button.addEventListener("click", () => view.state.facet(actionFacet)(name, finding.statement, finding.rule));
      actions.append(button);
    };
    if (finding.planned) action("Use the safe plan", "plan");
    if (finding.explained) action("Why?", "why");
    if (this.more) actions.append(element("span", "message-more", `and ${this.more} more, listed under Statements`));
    if (actions.childNodes.length) box.append(actions);
    return place;
  }
  ignoreEvent() {
    return true;
  }
}

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

/** Text with `names` between backticks set as code. */
function prose(parent, text) {
  text.split("`").forEach((part, i) => parent.append(i % 2 ? element("code", "", part) : part));
}

// The page's callback, reached from the messages.
const actionFacet = Facet.define({ combine: (values) => values[0] ?? (() => {}) });

/** Above the first the page warns, above the second it refuses; nothing is lost. Characters. */
const LARGE = 5 * 1024 * 1024;
const LARGEST = 50 * 1024 * 1024;

const sizeGuard = [
  EditorState.transactionFilter.of((tr) => {
    if (!tr.docChanged || tr.newDoc.length <= LARGEST) return tr;
    const act = tr.startState.facet(actionFacet);
    queueMicrotask(() => act("too-large", 0, ""));
    return [];
  }),
  EditorView.updateListener.of((update) => {
    if (update.state.doc.length > LARGE && update.startState.doc.length <= LARGE) {
      update.state.facet(actionFacet)("large", 0, "");
    }
  }),
];

const setHighlighted = StateEffect.define();
/** The statement whose step is looked at. */
const highlightedField = StateField.define({
  create: () => Decoration.none,
  update(marks, tr) {
    for (const effect of tr.effects) {
      if (!effect.is(setHighlighted)) continue;
      const { from, to } = effect.value;
      const ok = from < to && to <= tr.state.doc.length;
      return ok ? Decoration.set([Decoration.mark({ class: "statement-lit" }).range(from, to)]) : Decoration.none;
    }
    return marks.map(tr.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** One editor. Tab leaves the field; Ctrl+Z undoes, Ctrl+F searches. */
export class Editor {
  #view;
  #dialect = new Compartment();
  #engine;

  /** Makes it inside `parent`. `onChange(text)`, `onCursor(offset)`, `onAction(name, statement, rule)`. */
  constructor(parent, text, engine, label, hint, onChange, onCursor, onAction) {
    this.#engine = engine;
    this.#view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightSelectionMatches(),
          search({ top: true }),
          syntaxHighlighting(highlighter),
          keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap]),
          this.#dialect.of(language(engine)),
          placeholder(hint),
          findingsField,
          highlightedField,
          actionFacet.of(onAction),
          sizeGuard,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) onChange(update.state.doc.toString());
            if (update.docChanged || update.selectionSet) onCursor(update.state.selection.main.head);
          }),
        ],
      }),
    });
  }

  /** Replaces the whole text as one step that Ctrl+Z takes back. */
  setText(text) {
    const { state } = this.#view;
    if (text === state.doc.toString()) return;
    this.#view.dispatch({ changes: { from: 0, to: state.doc.length, insert: text }, userEvent: "input.replace" });
  }

  /** Changes the dialect that is highlighted. */
  setEngine(engine) {
    if (dialectOf(engine) === dialectOf(this.#engine)) return;
    this.#engine = engine;
    this.#view.dispatch({ effects: this.#dialect.reconfigure(language(engine)) });
  }

  /** Shows findings: `[{ from, to, statementTo, severity, title, message, statement, rule, planned, explained }]`, UTF-16 offsets. */
  setFindings(findings) {
    this.#view.dispatch({ effects: setFindings.of(findings) });
  }

  /** Marks a range without moving the cursor; an empty range clears it. */
  light(from, to) {
    this.#view.dispatch({ effects: setHighlighted.of({ from, to }) });
  }

  /** Selects a range, brings it into view and takes the focus. */
  select(from, to) {
    const end = this.#view.state.doc.length;
    const selection = { anchor: Math.min(from, end), head: Math.min(to, end) };
    this.#view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: "center" }) });
    this.#view.focus();
  }

  /** Measures again after the editor was hidden. */
  refresh() {
    this.#view.requestMeasure();
  }
}
