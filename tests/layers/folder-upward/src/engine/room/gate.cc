#include "engine/edge/retry.hh"
