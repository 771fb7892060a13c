# The prompt, what is said below it, and the words of the demo model, which reads English.

prompt-hint = 描述片段要显示的内容（英文），例如 a red balloon rising over the ocean
prompt-unknown = 模型没有学过这些词：{ $words }
prompt-negative-ignored = Turbo 采样器不使用反向提示词；要使用请选择 DDIM
prompt-words = 演示模型认识的词
prompt-words-note = 演示模型用一种颜色画一个主体、一个动作和一个场景。点击词语即可组成提示词。完整模型可以理解任意文本。
prompt-tokens = { $tokens } / { $most } 个词元
prompt-tokens-wildcards = { $tokens } / { $most } 个词元（通配符选定之前）
prompt-tokens-cut = { $tokens } / { $most } 个词元：划掉的部分会被截断
prompt-tokens-many = 超过 { $most } 个词元：末尾会被截断
