/**
 * Stands in for the package zarrita, which NiiVue needs to read Zarr stores over the network: we never do, and it is more
 * than half of the bundle.
 */

const absent = () => {
  throw new Error("Zarr is not part of this bundle");
};

export { absent as FetchStore, absent as get, absent as open, absent as root, absent as slice };
