// @ts-check
/** Steps in the browser's history. */

const PAUSE = 250;

/**
 * One step for each change, and one for a run of passing ones.
 * @param {() => string} address  of the state as it is
 */
export function keeper(address) {
  let timer = 0, running = false;
  const write = () => {
    timer = 0;
    history.replaceState(null, "", address());
  };
  return {
    /** @param {boolean} passing */
    remember(passing) {
      if (!passing && running) {
        // The end of a run, whose step there is already.
        clearTimeout(timer);
        write();
        running = false;
        return;
      }
      if (!passing) {
        history.pushState(null, "", address());
        return;
      }
      if (!running) history.pushState(null, "", address());
      running = true;
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE);
    },
    settle() {
      clearTimeout(timer);
      running = false;
    },
  };
}
