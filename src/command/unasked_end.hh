#pragma once
// Ends of the process that nobody asked for: code of a component crashes, or calls exit. What is known of it is said on stderr:
// the signal, the thread, and the node, plugin and message whose call the thread was in.

#include <functional>

namespace flowrun::command {

// Once, at the beginning. A crash keeps its core dump and its exit code; an exit from within gets Exit::broken.
void watch_for_unasked_end();
// From here on an end is asked for.
void end_is_asked_for();

// While it lives `last_words` follows what is said of an exit. Called on the thread that exits.
class LastWords {
public:
    explicit LastWords(std::function<void()> last_words);
    ~LastWords();
    LastWords(const LastWords&) = delete;
    LastWords& operator=(const LastWords&) = delete;

private:
    const std::function<void()> last_words_;
};

}  // namespace flowrun::command
