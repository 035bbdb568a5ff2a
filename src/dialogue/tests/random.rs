//! Whatever happens, in whatever order: the conversation keeps its promises.
