#include "ending.hh"

#include <algorithm>
#include <cstring>

namespace flowrun::core::exec {

using namespace sdk;

namespace {

constexpr int temporary = 75, not_executable = 126, not_found = 127;

std::string name_of_signal(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name ? name : std::to_string(number);
}

Status code_of(const Ending& ending) {
    if (ending.by_signal) return Status::failed;
    if (ending.number == temporary) return Status::unavailable;
    return ending.number == not_executable || ending.number == not_found ? Status::permanent : Status::failed;
}

Build& begin_detail(const std::string& command, Builder& builder) {
    return builder.map().key("command").string(utf8_of(command));
}

}  // namespace

bool Ending::good(const std::vector<std::int64_t>& ok_codes) const {
    return !by_signal && std::find(ok_codes.begin(), ok_codes.end(), number) != ok_codes.end();
}

Failure failure_of(const std::string& command, const Ending& ending, Builder& builder) {
    std::string text = "'" + utf8_of(command) + "' ";
    text += ending.by_signal ? "was killed by signal " + name_of_signal(ending.number)
                             : "ended with exit code " + std::to_string(ending.number);
    if (const std::string line = ending.errors.last_line(); !line.empty()) text += ": " + line;
    Failure failure(code_of(ending), text);
    begin_detail(command, builder);
    if (ending.by_signal) builder.key("signal").string(name_of_signal(ending.number));
    else builder.key("exit_code").integer(ending.number);
    failure.detail(builder.key("stderr").string(ending.errors.text()).end().finish());
    return failure;
}

Failure failure_of(const std::string& command, Status code, const std::string& text, const Tail& errors,
                   Builder& builder) {
    std::string whole = "'" + utf8_of(command) + "' " + text;
    if (const std::string line = errors.last_line(); !line.empty()) whole += "; it wrote: " + line;
    Failure failure(code, whole);
    begin_detail(command, builder);
    failure.detail(builder.key("stderr").string(errors.text()).end().finish());
    return failure;
}

}  // namespace flowrun::core::exec
