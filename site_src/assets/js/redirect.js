// Keeps what stands behind the address: the query and the place on the page.
"use strict";
{
  const to = document.currentScript?.dataset.to;
  if (to) {
    const address = new URL(to, location.href);
    address.search = location.search;
    address.hash = location.hash;
    location.replace(address);
  }
}
