// @ts-check
/** Steps in the browser's history. */

const PAUSE = 250;

/**
 * One step for each change, and one for a run of changes of the same thing.
 * @param {() => string} address  of the state as it is
 */
export function keeper(address) {
  let timer = 0, running = "", pending = "";

  /** Write what the run has come to; browsers refuse to do so at every letter. */
  function write() {
    clearTimeout(timer);
    if (pending) history.replaceState(null, "", pending);
    pending = "";
  }

  /** @param {string} run  what is being changed bit by bit; empty for a change that is whole */
  function remember(run) {
    if (run && run === running) {
      clearTimeout(timer);
      pending = address();
      timer = setTimeout(write, PAUSE);
    } else {
      write();
      history.pushState(null, "", address());
    }
    running = run;
  }

  /** The run is over, if there is one: what it changes next is a step of its own. */
  function settle() {
    write();
    running = "";
  }

  /** Another step of the history is there now. */
  function forget() {
    pending = running = "";
  }

  return { remember, settle, forget };
}
