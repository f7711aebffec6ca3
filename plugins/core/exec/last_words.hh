#pragma once
// What is said when memory runs out where nobody can be told: in a thread of its own, or within what cannot fail.

namespace flowrun::core::exec {

// From now on a bad_alloc that nobody catches in this plugin, which may have a C++ runtime of its own, ends the process
// with a line and exit code 69 (EX_UNAVAILABLE), as one in the runner does. All other ends are as before.
void have_last_words();

}  // namespace flowrun::core::exec
