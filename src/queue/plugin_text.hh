#pragma once
// Texts over the border of a queue's plugin (flowrun/ext/queue.h).

#include <string>
#include <string_view>

#include <flowrun/ext/queue.h>

namespace flowrun::queue {

inline flowrun_text lent(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view_of(flowrun_text text) { return {text.data, text.data == nullptr ? 0 : text.size}; }
// What a function of the table is given to say why it fails; `into` is a std::string.
inline void keep_text(void* into, flowrun_text text) { static_cast<std::string*>(into)->assign(view_of(text)); }

}  // namespace flowrun::queue
