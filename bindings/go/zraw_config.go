// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/config.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cConfig = C.raddle_config_t

func optionInfoFromC(c *C.raddle_option_info_t) *OptionInfo {
	if c == nil {
		return nil
	}
	return &OptionInfo{
		Key:          C.GoString(c.key),
		Type:         C.GoString(c._type),
		DefaultValue: C.GoString(c.default_value),
		Unit:         C.GoString(c.unit),
		Scope:        C.GoString(c.scope),
		Accepts:      C.GoString(c.accepts),
		Help:         C.GoString(c.help),
		Environment:  C.GoString(c.environment),
		Change:       C.GoString(c.change),
	}
}

func rawConfigCreate() (outConfig *cConfig, err error) {
	err = statusError(C.raddle_config_create(&outConfig))
	return
}

func rawConfigDestroy(config *cConfig) {
	C.raddle_config_destroy(&config)
}

func rawConfigSet(config *cConfig, key string, value string) (err error) {
	var a arena
	defer a.free()
	cKey := a.text("key", key, false)
	cValue := a.text("value", value, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_config_set(config, cKey, cValue))
	return
}

func rawConfigSetFrom(
	config *cConfig,
	key string,
	value string,
	origin Origin,
	detail string,
) (err error) {
	var a arena
	defer a.free()
	cKey := a.text("key", key, false)
	cValue := a.text("value", value, false)
	cDetail := a.text("detail", detail, true)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_config_set_from(
		config,
		cKey,
		cValue,
		C.raddle_origin_t(origin),
		cDetail,
	))
	return
}

func rawConfigLoadFile(config *cConfig, path string) (err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_config_load_file(config, cPath))
	return
}

func rawConfigLoadText(config *cConfig, text []byte, name string) (err error) {
	var a arena
	defer a.free()
	cTextBytes := C.size_t(len(text))
	cName := a.text("name", name, true)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_config_load_text(
		config,
		(*C.char)(first(text, false)),
		cTextBytes,
		cName,
	))
	return
}

func rawConfigLoadEnvironment(config *cConfig) (err error) {
	err = statusError(C.raddle_config_load_environment(config))
	return
}

func rawConfigGet(config *cConfig, key string) (outValue string, err error) {
	var a arena
	defer a.free()
	cKey := a.text("key", key, false)
	var cOutValue *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_config_get(config, cKey, &cOutValue))
	outValue = C.GoString(cOutValue)
	return
}

func rawConfigGetOrigin(config *cConfig, key string) (outOrigin string, err error) {
	var a arena
	defer a.free()
	cKey := a.text("key", key, false)
	var cOutOrigin *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_config_get_origin(config, cKey, &cOutOrigin))
	outOrigin = C.GoString(cOutOrigin)
	return
}

func rawConfigValidate(config *cConfig) (err error) {
	err = statusError(C.raddle_config_validate(config))
	return
}

func rawConfigFillModel(config *cConfig) (err error) {
	err = statusError(C.raddle_config_fill_model(config))
	return
}

func rawConfigToTOML(config *cConfig) (outTOML string, err error) {
	var cOutTOML *C.char
	err = statusError(C.raddle_config_to_toml(config, &cOutTOML))
	outTOML = takeText(cOutTOML)
	return
}

func rawConfigHash(config *cConfig) uint64 {
	return uint64(C.raddle_config_hash(config))
}

func rawOptionCount() int64 {
	return int64(C.raddle_option_count())
}

func rawOptionGetInfo(index int64) (outInfo OptionInfo, err error) {
	var cOutInfo C.raddle_option_info_t
	cOutInfo.struct_size = C.size_t(unsafe.Sizeof(cOutInfo))
	err = statusError(C.raddle_option_get_info(C.int64_t(index), &cOutInfo))
	outInfo = *optionInfoFromC(&cOutInfo)
	return
}
