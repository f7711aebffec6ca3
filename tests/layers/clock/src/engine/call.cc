// std::thread in a comment is no breach
#include <chrono>
const auto start = std::chrono::steady_clock::now();
