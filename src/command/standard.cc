#include "command/standard.hh"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace flowrun::command {

void hold_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        // Those below are open, so this one gets the number.
        [[maybe_unused]] const int held = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

}  // namespace flowrun::command
