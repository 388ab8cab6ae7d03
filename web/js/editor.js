// The editor: CodeMirror 6 behind a few functions that the page calls. Bundled into web/generated/editor.js.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { MySQL, PostgreSQL, SQLite, MariaSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";

const dialects = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL, sqlite: SQLite };
const language = (engine) => sql({ dialect: dialects[engine] ?? PostgreSQL });

/** Makes an editor inside `parent` and calls `onChange(text)` after each edit. Tab leaves the field. */
export function createEditor(parent, text, engine, label, onChange) {
  const dialect = new Compartment();
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        bracketMatching(),
        syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        dialect.of(language(engine)),
        lintGutter(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return { view, dialect };
}

/** Replaces the whole text. */
export function setText({ view }, text) {
  if (text !== view.state.doc.toString()) {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }
}

/** Changes the SQL dialect that is highlighted. */
export function setEngine({ view, dialect }, engine) {
  view.dispatch({ effects: dialect.reconfigure(language(engine)) });
}

/** Underlines problems: `[{ from, to, severity, message }]`, offsets in UTF-16 units. */
export function setProblems({ view }, problems) {
  view.dispatch(setDiagnostics(view.state, problems));
}
