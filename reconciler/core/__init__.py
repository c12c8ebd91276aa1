"""Pure rules of the reconciler: values in, values out; no files, network, clock or terminal."""
