#include "component/guarded.hh"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/reason.hh"
#include "base/visible.hh"

namespace flowrun::component {

thread_local constinit const InPlugin* InPlugin::now_ = nullptr;

void crashed(const std::string& plugin, std::string_view node, const char* what) {
    std::string text = "flowrun: ";
    if (!node.empty()) text.append("node '").append(node).append("' of ");
    text += "plugin " + plugin + " let an exception out of its C table";
    if (what != nullptr) text += ": " + visible(reason_of(what));
    text +=
        "; the process ends here\n"
        "  remedy: catch it in the plugin, or write the component with flowrun/component.hh, which does\n";
    // Nothing can be done about a stderr that takes no text.
    [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    std::signal(SIGABRT, SIG_DFL);  // all that is known has been said
    std::abort();
}

}  // namespace flowrun::component
