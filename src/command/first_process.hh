#pragma once
// Process 1 of a container inherits whatever the commands of a flow leave behind, and nobody else can reap that.

namespace flowrun::command {

// As process 1: the program goes on in a child, and this one hands signals on to it, reaps, and ends with the child's exit code.
// Returns in the child, and at once in any other process. Before there are threads.
void reap_as_first_process();

}  // namespace flowrun::command
