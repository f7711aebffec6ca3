#include "engine/crash.hh"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace flowrun::engine {

void crashed(const Node& node) {
    std::string text =
        "flowrun: node '" + node.name + "' of plugin " + node.checked->component->plugin +
        " let an exception out of its C table; the process ends here\n"
        "  remedy: catch it in the plugin, or write the component with flowrun/component.hh, which does\n";
    // Nothing can be done about a stderr that takes no text.
    [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    std::abort();
}

}  // namespace flowrun::engine
