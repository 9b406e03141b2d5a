/** A local file for the bundler to start: monaco-yaml's own worker. */
import "monaco-yaml/yaml.worker.js";
