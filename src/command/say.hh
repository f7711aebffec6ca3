#pragma once
// What a verb prints. Written at once, unbuffered: a verb prints little, and whole. Secrets are masked.

#include <string_view>

#include "command/exit.hh"

namespace flowrun::command {

// To stdout. ok; reader_gone; or failed, with the reason on stderr.
Exit put(std::string_view text);
// The same, of what is a user's data and goes where he wants it: not masked.
Exit put_as_is(std::string_view text);
// To stderr as it is. What cannot be written there is lost.
void put_error(std::string_view text);
// To stderr as "flowrun: text\n".
void complain(std::string_view text);

}  // namespace flowrun::command
