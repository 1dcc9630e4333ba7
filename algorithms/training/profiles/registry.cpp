#include "algorithms/training/profiles/architectures.h"

namespace tandem {
namespace {

constexpr std::string_view kResnet = "He et al., CVPR 2016, table 1; 224 x 224";
constexpr std::string_view kBert = "Devlin et al., NAACL 2019; encoder and pooler, uncased vocabulary of 30,522";
constexpr std::string_view kGpt2 = "Radford et al., 2019, table 2; output weights are those of the embedding";
constexpr std::size_t kBertPositions = 512, kGpt2Positions = 1024;

TransformerShape bert(std::size_t blocks, std::size_t width) { return {blocks, width, 30522, kBertPositions}; }
TransformerShape gpt2(std::size_t blocks, std::size_t width) { return {blocks, width, 50257, kGpt2Positions}; }

constexpr NamedProfile kProfiles[] = {
    {"resnet50", kResnet, 0,
     [](std::size_t) {
       return resnet_layers({3, 4, 6, 3});
     }},
    {"resnet101", kResnet, 0,
     [](std::size_t) {
       return resnet_layers({3, 4, 23, 3});
     }},
    {"resnet152", kResnet, 0,
     [](std::size_t) {
       return resnet_layers({3, 8, 36, 3});
     }},
    {"inception-v3", "Szegedy et al., CVPR 2016; 299 x 299, without the auxiliary classifier", 0,
     [](std::size_t) { return inception_v3_layers(); }},
    {"vgg16", "Simonyan and Zisserman, ICLR 2015, configuration D; 224 x 224", 0,
     [](std::size_t) { return vgg16_layers(); }},
    {"bert-base", kBert, kBertPositions, [](std::size_t length) { return bert_layers(bert(12, 768), length); }},
    {"bert-large", kBert, kBertPositions, [](std::size_t length) { return bert_layers(bert(24, 1024), length); }},
    {"gpt2", kGpt2, kGpt2Positions, [](std::size_t length) { return gpt2_layers(gpt2(12, 768), length); }},
    {"gpt2-medium", kGpt2, kGpt2Positions, [](std::size_t length) { return gpt2_layers(gpt2(24, 1024), length); }},
    {"gpt2-large", kGpt2, kGpt2Positions, [](std::size_t length) { return gpt2_layers(gpt2(36, 1280), length); }},
    {"gpt2-xl", kGpt2, kGpt2Positions, [](std::size_t length) { return gpt2_layers(gpt2(48, 1600), length); }},
};

}  // namespace

std::span<const NamedProfile> named_profiles() { return kProfiles; }

}  // namespace tandem
