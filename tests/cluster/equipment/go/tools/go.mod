module academy/tools

go 1.21
