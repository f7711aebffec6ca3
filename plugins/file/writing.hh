#pragma once
// What a call does to a file that is written: it may wait, which a target by itself never does. Throws sdk::Failure.

#include <flowrun/component.hh>

#include <cstdint>
#include <string_view>

#include "target.hh"

namespace flowrun::file {

// Writes what is gathered, and waits for a descriptor that takes no more. 0, or errno; ECANCELED: the call was stopped.
int write_out(sdk::Call call, Target& target);
// Adds a message, and with `each` writes it; one that fails is not written later, but where it is packed with others.
void write_message(sdk::Call call, Target& target, sdk::Value message, bool each);
// Goes over to another file where somebody has renamed or removed this one, as a rotation does. It looks now and then, when
// something is about to be gathered anew or written.
void keep_name(sdk::Call call, Target& target);
// The file comes to its end. One that replaces another does not when the drain was cut short.
void finish(sdk::Call call, Target& target);
// Of a file that is not replaced after all.
sdk::Failure left_as_it_was(const Target& target, std::string_view why);

}  // namespace flowrun::file
