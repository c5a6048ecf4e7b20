// A CNI plugin, last of its chain: it notes a new sandbox's addresses for the policy enforcer and lets the pod begin only when
// the enforcer has loaded rules that know them. So no container ever runs outside its fence.
//
// ADD writes <folder>/<container>.json and waits for <folder>/<container>.done; DEL removes both. CHECK does nothing.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type configuration struct {
	CNIVersion string          `json:"cniVersion"`
	Folder     string          `json:"folder"`
	Seconds    float64         `json:"seconds"`
	Previous   json.RawMessage `json:"prevResult"`
}

type result struct {
	Interfaces []struct {
		Name    string `json:"name"`
		Mac     string `json:"mac"`
		Sandbox string `json:"sandbox"`
	} `json:"interfaces"`
	IPs []struct {
		Address string `json:"address"`
	} `json:"ips"`
}

type attachment struct {
	Namespace string   `json:"namespace"`
	Pod       string   `json:"pod"`
	Addresses []string `json:"addresses"`
	Hardware  string   `json:"hardware"`
}

func fail(message string) {
	reply := map[string]any{"cniVersion": "0.4.0", "code": 100, "msg": message}
	_ = json.NewEncoder(os.Stdout).Encode(reply)
	os.Exit(1)
}

func arguments() map[string]string {
	named := map[string]string{}
	for _, pair := range strings.Split(os.Getenv("CNI_ARGS"), ";") {
		key, value, _ := strings.Cut(pair, "=")
		named[key] = value
	}
	return named
}

func read(previous json.RawMessage) (attachment, error) {
	var found result
	if err := json.Unmarshal(previous, &found); err != nil {
		return attachment{}, err
	}
	named := arguments()
	made := attachment{Namespace: named["K8S_POD_NAMESPACE"], Pod: named["K8S_POD_NAME"]}
	for _, ip := range found.IPs {
		address, _, err := net.ParseCIDR(ip.Address)
		if err != nil {
			return attachment{}, err
		}
		made.Addresses = append(made.Addresses, address.String())
	}
	for _, one := range found.Interfaces {
		if one.Sandbox != "" {
			made.Hardware = one.Mac
		}
	}
	return made, nil
}

// The enforcer must never read half a file: written aside, then renamed.
func write(path string, made attachment) error {
	content, err := json.Marshal(made)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func wait(done string, seconds float64) bool {
	deadline := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for time.Now().Before(deadline) {
		if _, err := os.Stat(done); err == nil {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

func add(settings configuration, base string) {
	made, err := read(settings.Previous)
	if err != nil {
		fail(fmt.Sprintf("the result of the plugin before could not be read: %v", err))
	}
	if err := write(base+".json", made); err != nil {
		fail(err.Error())
	}
	if !wait(base+".done", settings.Seconds) {
		fail("the policy enforcer did not answer: is it running?")
	}
	os.Stdout.Write(settings.Previous)
}

func main() {
	if os.Getenv("CNI_COMMAND") == "VERSION" {
		fmt.Println(`{"cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"]}`)
		return
	}
	var settings configuration
	if err := json.NewDecoder(os.Stdin).Decode(&settings); err != nil {
		fail(err.Error())
	}
	base := filepath.Join(settings.Folder, os.Getenv("CNI_CONTAINERID"))
	switch os.Getenv("CNI_COMMAND") {
	case "ADD":
		add(settings, base)
	case "DEL":
		_ = os.Remove(base + ".json")
		_ = os.Remove(base + ".done")
	}
}
