#pragma once
// A key as text that is the same for equal values and for no others: compact JSON, with the members of maps by name, and
// 1.0 as 1. So it can be looked up, and read back.

#include <flowrun/component.hh>

#include <string>

namespace flowrun::core {

// Replaces `out`.
void key_text(sdk::Value key, std::string& out);

// What others know the key by, as meta.key: a string's own text, else `text`.
std::string key_name(sdk::Value key, const std::string& text);

// As it is shown in messages: cut when it is long, and then without secrets, which the cut may go through.
std::string shown_key(sdk::Node node, const std::string& key);

}  // namespace flowrun::core
