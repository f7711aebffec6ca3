#pragma once
// The tables that a component asks for by a string id (flowrun/ext/*.h): beside the host's own, and free to grow.

namespace flowrun::engine {

// nullptr: this runner has none of that id.
const void* extension(const char* id);

}  // namespace flowrun::engine
