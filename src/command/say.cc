#include "command/say.hh"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/secrets.hh"
#include "base/standard_error.hh"
#include "base/visible.hh"
#include "trace/sink.hh"

namespace flowrun::command {

Exit put(std::string_view text) {
    const Secrets& secrets = Secrets::of_process();
    return secrets.any() ? put_as_is(secrets.masked(text)) : put_as_is(text);
}

Exit put_as_is(std::string_view text) {
    trace::Sink sink(STDOUT_FILENO);
    if (sink.write(text)) return Exit::ok;
    if (sink.failure() == EPIPE) return Exit::reader_gone;
    complain(std::string("cannot write to stdout: ") + std::strerror(sink.failure()));
    return Exit::failed;
}

void put_error(std::string_view text) { (void)StandardError::of_process().write(visible(text, "\n\t")); }

void complain(std::string_view text) { put_error(std::string("flowrun: ").append(text).append("\n")); }

}  // namespace flowrun::command
