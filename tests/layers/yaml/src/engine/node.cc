#include <yaml-cpp/eventhandler.h>
