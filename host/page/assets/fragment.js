// Goes on with what stands after # in the address, which browsers keep to
// themselves; without scripts the page's refresh goes on without it.
"use strict";

{
  const next = new URL(document.getElementById("next").href);
  next.searchParams.set("fragment", location.hash.slice(1));
  location.replace(next);
}
