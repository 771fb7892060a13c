//! From a folder of clips to a training set.
