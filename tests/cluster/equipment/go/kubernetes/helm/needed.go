//go:build needed

// Says to `go mod tidy` that helm's own program is built in this module. Nothing compiles this file.
package helm

import _ "helm.sh/helm/v3/cmd/helm"
