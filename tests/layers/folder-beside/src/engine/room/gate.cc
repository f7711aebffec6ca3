#include "engine/runner.hh"
