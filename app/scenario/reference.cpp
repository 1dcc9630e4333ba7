#include "app/scenario/reference.h"

#include "app/scenario/profile_fields.h"
#include "app/scenario/scenario_fields.h"
#include "core/config/schema.h"

namespace tandem {

nlohmann::ordered_json scenario_schema() { return schema_of_file("A scenario of Tandem", scenario_fields().info()); }

std::string keys_reference() { return reference_of(scenario_fields().info()); }

nlohmann::ordered_json profile_schema() { return schema_of_file("A profile of Tandem", profile_file_fields().info()); }

std::string profile_keys_reference() { return reference_of(profile_file_fields().info()); }

}  // namespace tandem
