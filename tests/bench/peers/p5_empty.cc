// P5, the floor: a program that carries the libraries that flowrun carries (linked as flowrun is) and touches each once.
#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

int main(int argc, char**) {
    if (argc > 100) fmt::print("{}\n", YAML::Load("a: 1")["a"].as<int>());  // so that the linker keeps them
}
