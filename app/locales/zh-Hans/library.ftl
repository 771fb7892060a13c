# The history on the right, the library's page, and the comparison of two clips, in Simplified Chinese.

## The history

library-history = 历史
# A small button beside the heading: takes a deletion back.
library-history-undo = 撤销
library-history-empty = 完成的片段会出现在此处
library-history-no-picture = 无图片
library-history-show = 显示“{ $prompt }”，种子 { $seed }
library-history-delete = 删除“{ $prompt }”
# Below a picture, short: the clip was exported; it is in the library; it is being put there; it is nowhere yet.
library-history-saved = 已导出
library-history-kept = 已入库
library-history-being-kept = 入库中…
library-history-not-saved = 未保存

## The library's page

library-title = 媒体库
library-failed = 媒体库无法使用：{ $reason }
library-opening = 正在打开媒体库…
library-count = { $count } 个片段
library-count-listed = { $listed } / { $count } 个片段
library-back = 返回
library-search = 搜索媒体库
library-search-hint = 搜索提示词和设置
library-filters = 筛选
library-sort = 片段的顺序
library-sort-newest = 最新在前
library-sort-oldest = 最旧在前
library-sort-prompt = 按提示词
library-sort-largest = 最大在前
library-sort-longest = 最长在前
# Lists of filters; ".all" stands in one where nothing is chosen.
library-model = 模型
    .all = 所有模型
library-size = 尺寸
    .all = 所有尺寸
library-tag = 标签
    .all = 所有标签
library-project = 项目
    .all = 所有项目
library-favourites = 收藏
library-duplicates = 重复
    .tooltip = 设置相同或内容相同的片段
# Takes all filters away.
library-show-all = 显示全部
library-tile-size = 缩略图大小
library-empty = 每个完成的片段都会出现在此处，其文件在片段文件夹中
library-none-like-this = 没有符合条件的片段
library-clip = 片段“{ $prompt }”，种子 { $seed }
# Below a picture, short: so many clips have the same settings.
library-alike = { $count } 个相同
library-tag-remove = 移除标签“{ $tag }”

## What is said of the clips that are selected

library-details-clip = 所选片段
library-details-new-tag = 新标签
library-details-add-tag = 添加标签
# The clip belongs to no project.
library-details-no-project = 无
library-details-note = 备注
library-details-picture = { $width } × { $height } 像素，{ $frames } 帧，每秒 { $fps } 帧
library-details-model = 模型 { $name }
library-details-tiny-decoder = 轻量解码器 { $name }
library-details-device = 在 { $device } 上计算
library-details-duplicates = { $count } 个片段的设置或内容与此相同
library-details-selected = 已选择 { $count } 个片段
library-details-select-none = 取消选择
# Ctrl, Shift and Space are keys.
library-details-none = 选择一个片段，可查看它由什么生成。按住 Ctrl 或 Shift 可选择多个；用键盘时为 Space，以及 Shift 加方向键。

## How clips are kept

library-keeping = 片段的保存方式
library-keeping-folder = 文件夹
    .hint = 系统的视频文件夹
# The label of a pattern for names of files.
library-keeping-names = 名称
# The names in braces stay as they are.
library-keeping-filled-in = {"{date}、{time}、{words}、{seed}、{model}、{project}"} 和 {"{size}"} 会替换为实际值
# The label of a number of GiB. Latents are what a clip can be decoded from again.
library-keeping-latents = 潜变量上限
library-keeping-confirm = 今后按此方式保存

## Two clips beside each other

library-compare = 比较
library-compare-side-by-side = 并排
# One picture over the other, up to a line that can be moved.
library-compare-wipe = 划像
library-compare-back = 返回列表
library-compare-play = 播放
library-compare-pause = 暂停
library-compare-frame = 两个片段的帧
# $side is A or B.
library-compare-clip = 片段 { $side }，“{ $prompt }”，种子 { $seed }
library-compare-reading = 正在读取片段…
library-differences = 差异
library-differences-none = 无差异：两者用相同的设置生成
library-differences-setting = 设置
