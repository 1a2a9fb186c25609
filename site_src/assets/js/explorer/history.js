// @ts-check
/** Steps in the browser's history. */

const PAUSE = 250;

/**
 * One step for each change, and one for a run of changes of the same thing.
 * @param {() => string} address  of the state as it is
 */
export function keeper(address) {
  let timer = 0, running = "";
  const write = () => {
    timer = 0;
    history.replaceState(null, "", address());
  };
  return {
    /**
     * @param {string} run  what is being changed bit by bit; empty for a change that is whole
     */
    remember(run) {
      clearTimeout(timer);
      if (run && run === running) timer = setTimeout(write, PAUSE);
      else history.pushState(null, "", address());
      running = run;
    },
    /** The run is over, if there is one: what it changes next is a step of its own. */
    settle() {
      if (timer) {
        clearTimeout(timer);
        write();
      }
      running = "";
    },
    /** Another step of the history is there now. */
    forget() {
      clearTimeout(timer);
      timer = 0;
      running = "";
    },
  };
}
