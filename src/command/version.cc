#include "base/version.hh"

#include <flowrun/plugin.h>

#include <string>

#include "command/say.hh"
#include "command/verb.hh"

namespace flowrun::command {

namespace {

Exit run(const Words& words) {
    if (!words.rest.empty()) return misused(version_verb, "takes no words, but was given '" + words.rest[0] + "'");
    return put(std::string("flowrun ") + version + "\nplugin ABI " + std::to_string(FLOWRUN_ABI_MAJOR) + "." +
               std::to_string(FLOWRUN_ABI_MINOR) + "\n");
}

}  // namespace

const Verb version_verb = {
    .name = "version",
    .summary = "print the version",
    .words = "",
    .about = "Prints the version of flowrun and of the plugin interface that it opens.",
    .options = {},
    .examples =
        "  flowrun version\n"
        "  flowrun version | head -n 1\n",
    .run = run,
};

}  // namespace flowrun::command
