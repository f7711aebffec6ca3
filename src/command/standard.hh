#pragma once
// Standard input, output and error, where the process was begun without one of them.

namespace flowrun::command {

// A closed one is opened so that using it fails (EBADF), and no other descriptor of the process can get its number. First
// thing in main.
void hold_standard_descriptors();

}  // namespace flowrun::command
