/**
 * In the built site: all code that the first screen does without, put in its place when this module is loaded.
 * Everywhere else there is nothing to put: modules are whole.
 */
export {};
