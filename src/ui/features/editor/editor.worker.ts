/** A local file for the bundler to start: Monaco's own worker (diffs, words, links). */
import "monaco-editor/editor/editor.worker";
