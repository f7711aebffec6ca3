#include "trace/color.hh"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace flowrun::trace {

namespace {
std::string_view variable(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? std::string_view() : text;
}
}  // namespace

bool colored(Color choice, int descriptor) {
    if (choice != Color::automatic) return choice == Color::always;
    if (!variable("NO_COLOR").empty()) return false;
    const std::string_view forced = variable("CLICOLOR_FORCE");
    if (!forced.empty() && forced != "0") return true;
    return ::isatty(descriptor) == 1 && variable("TERM") != "dumb";
}

}  // namespace flowrun::trace
